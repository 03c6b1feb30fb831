"""Who measures what: several monitors on one ledger share its work by shards."""

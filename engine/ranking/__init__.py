"""Pure statistics: what numbers of attempts allow to say. No I/O, no tables, no clock."""

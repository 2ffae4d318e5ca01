"""How lists of plain attributes are answered: column by column instead of field by field."""

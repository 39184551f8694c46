"""Changes of the record from the command line: each parses, calls one function of the record, and says what was done."""

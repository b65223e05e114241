"""基本情况: the opening of a yearly report, written from the cells of the tables."""

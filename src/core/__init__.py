"""What every stage loads: errors, params, paths, atomic files, column names."""

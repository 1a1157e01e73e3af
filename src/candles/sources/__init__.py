"""Where rows come from; every source is a function of the parameters that returns ``Rows``."""

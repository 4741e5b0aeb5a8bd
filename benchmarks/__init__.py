"""How fast and how small the program is, each time beside a bare loop on the same machine in the same run."""

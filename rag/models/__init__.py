"""The only code that knows a vendor: one module per engine behind the seam of base.py, opened by name through listing.py."""

"""Dialogs and banners: they ask and tell, and change nothing themselves."""

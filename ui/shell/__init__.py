"""The web server around the page: who may ask, what may be asked, the page's first paint, and what is said when the server is gone."""

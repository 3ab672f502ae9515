"""Messages on their way out: the border to gateways, the gateways, and the worker that feeds them."""

"""Why one application is where it is: all services and the broker asked at once, one sentence for an answer."""

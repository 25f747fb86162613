"""Named schemas of requests and answers, one module an area. Request schemas are Contracts; answer schemas document."""

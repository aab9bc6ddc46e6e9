"""The local API server: schema, routes, limits. It knows the engine only by a protocol; imports store, data, config, base."""

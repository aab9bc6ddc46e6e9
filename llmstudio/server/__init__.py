"""The local API server: schema, routes, limits; it knows the engine by a protocol only.

Imports store, data, config, base. Whoever has a `completer.Completer` makes a `service.Service` of it, a config and a
key, starts it, tells its owner `addresses` and now and then `snapshot()`, and stops it; see there for the messages.
"""

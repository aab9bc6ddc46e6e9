"""The Playground: writing with a model, token by token. May import what every tab may."""

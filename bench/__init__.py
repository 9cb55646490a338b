"""Our speed beside peers: script/bench tiles, script/bench features."""

"""The plugin host: finds plugins, loads them one by one, and keeps their names apart.

    plugin.py       what is known of a plugin and of each thing it offers; how failures are kept
    discovery.py    which plugins are installed, from metadata alone; the switches that keep them
    out loading.py      importing a hook module, calling its hooks, checking its records naming.py
    which of the things offered a name means description.py  what a thing is and what options it
    takes

``plugtorch.registry`` is the face of all this.
"""

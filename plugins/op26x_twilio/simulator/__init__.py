"""A caller made of a script and recordings, who rings a service over Twilio's real protocol.

``script`` reads what the caller does, ``player`` does it on a media stream, ``command`` is ``op26x calls simulate``.
The recordings in ``audio`` were made by ``plugins/make_recordings.py``.
"""

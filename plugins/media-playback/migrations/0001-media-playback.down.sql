drop schema plugin_media_playback cascade;

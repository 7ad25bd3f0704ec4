drop schema plugin_screening cascade;

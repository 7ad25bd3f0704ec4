drop schema plugin_verification cascade;

drop schema plugin_agreement cascade;

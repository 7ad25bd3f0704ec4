drop schema plugin_study_modes cascade;

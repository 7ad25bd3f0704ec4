drop schema plugin_annotation_import cascade;

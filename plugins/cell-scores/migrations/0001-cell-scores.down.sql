drop schema plugin_cell_scores cascade;

drop table core.annotation_import;

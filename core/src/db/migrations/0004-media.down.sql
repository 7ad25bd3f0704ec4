drop table core.media;

alter table core.annotation_revision drop column locked;
alter table core.annotation drop column locked;

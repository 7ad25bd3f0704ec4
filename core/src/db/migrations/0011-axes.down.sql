alter table core.image drop column axes;

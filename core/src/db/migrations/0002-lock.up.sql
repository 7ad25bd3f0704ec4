-- A locked annotation keeps its shape and template, and is not deleted, until somebody unlocks it.
alter table core.annotation add column locked boolean not null default false;
alter table core.annotation_revision add column locked boolean not null default false;

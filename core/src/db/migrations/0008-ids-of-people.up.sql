-- Ids that clients make are unique for each person and no longer for all: who uses one that another has used gets what they
-- would get if it were free, and so cannot find out whether it is.
alter table core.annotation_change drop constraint annotation_change_pkey, add primary key (user_id, change_id);
alter table core.annotation_import drop constraint annotation_import_pkey, add primary key (user_id, import_id);
alter table core.media drop constraint media_uuid_key, add constraint media_uuid_of_person unique (uploader_id, uuid);
-- In an address, the annotation and the UUID together name a file.
alter table core.media add constraint media_uuid_of_annotation unique (annotation_id, uuid);

-- Places of events are the time now (microseconds since 1970), no numbers of a sequence: they would tell how much others do.
-- An older program that still numbers while this one is brought in goes on from the time as well.
select setval('core.outbox_position',
  greatest((extract(epoch from clock_timestamp()) * 1000000)::bigint, (select coalesce(max(position), 0) + 1 from core.outbox)));

-- Where two people used the same id: notes of changes and imports keep the older one (a repeated request would no longer be
-- known as one), files keep all and the later ones get new ids.
delete from core.annotation_change c using core.annotation_change first
where c.change_id = first.change_id and (first.at, first.user_id) < (c.at, c.user_id);
delete from core.annotation_import i using core.annotation_import first
where i.import_id = first.import_id and (first.created_at, first.user_id) < (i.created_at, i.user_id);
update core.media m set uuid = gen_random_uuid() from core.media first where m.uuid = first.uuid and first.id < m.id;

alter table core.annotation_change drop constraint annotation_change_pkey, add primary key (change_id);
alter table core.annotation_import drop constraint annotation_import_pkey, add primary key (import_id);
alter table core.media drop constraint media_uuid_of_annotation, drop constraint media_uuid_of_person,
  add constraint media_uuid_key unique (uuid);

-- Older programs go on behind the last place.
select setval('core.outbox_position', greatest(
  (extract(epoch from clock_timestamp()) * 1000000)::bigint, (select coalesce(max(position), 0) + 1 from core.outbox)));

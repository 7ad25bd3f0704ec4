drop trigger annotation_names_it on core.template;
drop trigger annotation_names_it on core.app_user;
drop trigger annotation_cascade on core.image;
drop trigger annotation_references_insert on core.annotation;
drop trigger annotation_references_update on core.annotation;
drop function core.check_annotation_references, core.delete_annotations_of_image, core.keep_what_annotations_name;
alter table core.annotation
  add constraint annotation_image_id_fkey foreign key (image_id) references core.image on delete cascade,
  add constraint annotation_template_id_fkey foreign key (template_id) references core.template,
  add constraint annotation_author_id_fkey foreign key (author_id) references core.app_user,
  add constraint annotation_editor_id_fkey foreign key (editor_id) references core.app_user,
  add constraint annotation_verdict_by_fkey foreign key (verdict_by) references core.app_user;

"""Writing, bringing in and judging listings: what the editor, the files and the moderators' desk rely on."""

from tests.mutants.mutant import Edit, Mutant, Sql

REVIEW, PROBLEMS = "listings/services/review.py", "listings/services/problems.py"
APPEALS, CHECKS, TAKEDOWNS = (
    "listings/services/appeals.py",
    "listings/services/checks.py",
    "listings/services/takedowns.py",
)
PICTURES, REWRITER, REWRITING = (
    "listings/pictures.py",
    "listings/rewriter.py",
    "listings/services/rewriting.py",
)
LOCKS = "listings/services/locks.py"
LOCKED = 'ImportJob.objects.select_for_update(of=("self",), skip_locked=not may_wait)'
JOBS, TYPING = "listings/services/import_jobs.py", "marketplace/editor_drafts.py"
UNUSABLE = "test_what_cannot_be_used_ends_it_and_says_so"
NOT_TAKEN = "test_nothing_is_taken_without_a_storefront_or_without_the_scope"


def _without(protection: str, test: str, file: str, old: str, new: str = "if False:") -> Mutant:
    return Mutant((), protection, (Edit(file, old, new),), (test,))


def _trigger(protection: str, test: str, trigger: str) -> Mutant:
    return Mutant((), protection, (Sql(f"DROP TRIGGER {trigger}"),), (test,))


_SUBMITTING = [
    _without(
        "a seller submits nobody else's listing",
        "test_only_the_seller_submits_and_withdraws",
        REVIEW,
        "_require_seller(locked, by) if locked.status == ListingStatus.REMOVED or locked.deleted_at",
        "if locked.status == ListingStatus.REMOVED or locked.deleted_at",
    ),
    _without(
        "what is submitted twice is one submission",
        "test_submitting_twice_changes_nothing",
        REVIEW,
        "version = working_copy(locked) if waiting is None else None",
        "version = working_copy(locked) or version_copy(listing=locked)",
    ),
    _without(
        "no live key or password is put on sale",
        "test_a_credential_in_any_text_is_refused",
        PROBLEMS,
        "if SECRETS.search(text):",
    ),
    _without(
        "another seller's very text is refused",
        "test_another_sellers_text_is_refused_whatever_its_case_and_spacing",
        PROBLEMS,
        "if is_copy_of_another(listing, version):",
    ),
    _without(
        "of two equal texts at once only the later goes back",
        "test_of_two_equal_texts_submitted_together_only_the_later_goes_back",
        PROBLEMS,
        "if version.sealed_at is not None: same =",
        "if False:\n    same =",
    ),
    _without(
        "a listing has two examples",
        "test_all_problems_are_told_at_once_by_field",
        PROBLEMS,
        "if len(examples) < MIN_EXAMPLES:",
    ),
    _without(
        "selling needs a confirmed address",
        "test_without_a_confirmed_address_submitting_says_so",
        PROBLEMS,
        "if user_has_verified_email(listing.seller.user):",
        "if True:",
    ),
    _without(
        "a prompt has only so many blanks",
        "test_a_text_with_more_blanks_than_a_form_can_have_is_refused",
        "listings/services/inputs.py",
        "if len(templating.variable_names(text)) > templating.MAX_VARIABLES:",
    ),
    _without(
        "a field has only so many characters",
        "test_a_value_that_breaks_a_rule_names_its_field",
        "listings/services/inputs.py",
        "if len(text) > limit: raise InvalidInput.of( field,",
        "if False:\n    raise InvalidInput.of(field,",
    ),
    _without(
        "what a moderator reads does not change meanwhile",
        "test_nothing_a_moderator_reads_changes_meanwhile",
        "listings/services/drafts.py",
        "if waiting_version(listing) is not None:",
    ),
    _trigger(
        "the database keeps a submitted version as it is",
        "test_the_database_refuses_to_change_a_sealed_version",
        "version_immutable ON listings_promptversion",
    ),
    _trigger(
        "the database keeps its examples as they are",
        "test_the_database_keeps_a_sealed_version_and_examples",
        "example_immutable ON listings_exampleoutput",
    ),
    _trigger(
        "the database keeps proposed public text as it is",
        "test_the_database_refuses_to_change_what_was_proposed",
        "revision_immutable ON listings_listingrevision",
    ),
    Mutant(
        (),
        "nothing active stands in a description",
        (
            Edit("listings/markdown.py", '{"html": False}', '{"html": True}'),
            Edit(
                "listings/markdown.py",
                "return nh3.clean(html, tags=_TAGS,",
                "return (lambda x, **_: x)(html, tags=_TAGS,",
            ),
        ),
        ("test_nothing_active_gets_through",),
    ),
]
_TYPING = [
    _without(
        "of two tabs the slower does not overwrite the quicker",
        "test_of_two_tabs_the_slower_is_told_and_may_insist",
        TYPING,
        "if not (force or is_own or not base or mark_of(shown or {}) == base):",
    ),
    _without(
        "what arrives after the save does not undo it",
        "test_what_a_tab_sent_before_it_saved_does_not_come_back_when_it_arrives_late",
        TYPING,
        "is_own = row is not None and is_open and row.tab == tab",
        "is_own = row is not None and row.tab == tab",
    ),
    _without(
        "nobody else is shown what was typed before signing in",
        "test_nobody_else_is_shown_what_was_typed_before_signing_in",
        "marketplace/pages/selling_typing.py",
        'return QueryDict(kept["sent"]) if kept["person"] == request.user.pk else None',
        'return QueryDict(kept["sent"])',
    ),
    _without(
        "strangers fill no session",
        "test_strangers_can_keep_nothing_in_a_session",
        "marketplace/pages/selling_typing.py",
        "if person is not None and len(sent) <= MAX_KEPT:",
        "if len(sent) <= MAX_KEPT:",
    ),
]
_PICTURES = [
    _without(
        "a picture is turned upright before its marks are dropped",
        "test_what_the_camera_wrote_is_gone_and_the_picture_upright",
        PICTURES,
        "upright = ImageOps.exif_transpose(image)",
        "upright = image",
    ),
    _without(
        "what a camera wrote is not kept",
        "test_what_the_camera_wrote_is_gone_and_the_picture_upright",
        PICTURES,
        'shown.info = {} out = io.BytesIO() shown.save(out, "WEBP", quality=QUALITY, method=4)',
        'out = io.BytesIO()\nshown.save(out, "WEBP", quality=QUALITY, method=4, exif=image.getexif())',
    ),
    _without(
        "only PNG, JPEG and WebP are opened",
        "test_pictures_of_other_kinds_are_not_even_opened",
        PICTURES,
        "Image.open(file, formats=FORMATS)",
        "Image.open(file)",
    ),
    _without(
        "a picture of too many pixels is refused unread",
        "test_a_bomb_is_refused_by_its_header",
        PICTURES,
        "if image.width * image.height > MAX_PIXELS:",
    ),
    _without(
        "a picture of too many bytes is refused",
        "test_too_many_bytes_and_too_small_sides_are_refused",
        PICTURES,
        "if size > MAX_BYTES:",
    ),
    _without(
        "only pictures are served from the storage",
        "test_not_even_what_lies_beside_the_pictures_is_served",
        "marketplace/pages/pictures.py",
        "if not _NAME.fullmatch(name) or folder != name[:2]:",
    ),
    _without(
        "a served picture can run nothing",
        "test_the_file_is_served_as_a_picture_and_as_nothing_else",
        "marketplace/pages/pictures.py",
        'response["Content-Security-Policy"] = "default-src \'none\'; sandbox"',
        "pass",
    ),
    _without(
        "only sellers upload by the API",
        NOT_TAKEN,
        "marketplace/api/pictures.py",
        "seller_of(request)",
        "pass",
    ),
    _without(
        "uploading needs the scope of writing",
        NOT_TAKEN,
        "marketplace/api/pictures.py",
        'scopes = {"POST": Scope.LISTINGS_WRITE}',
        'scopes = {"GET": Scope.LISTINGS_WRITE}',
    ),
    _without(
        "too large a request is refused before it is read",
        "test_too_much_is_refused_before_it_is_read",
        "marketplace/api/base.py",
        'if int(request.META.get("CONTENT_LENGTH") or 0) > most:',
    ),
    _without(
        "uploads have a limit of their own",
        "test_pictures_have_a_limit_of_their_own",
        "marketplace/api/pictures.py",
        "throttle_classes = [TokenThrottle, AddressThrottle, PictureThrottle]",
        "throttle_classes = [TokenThrottle, AddressThrottle]",
    ),
]
_REWRITING = [
    _without(
        "a prompt is never sent to a model",
        "test_the_public_text_is_sent_with_the_operator_s_key_and_the_prompt_is_not",
        REWRITING,
        "return {field: text.strip() for field, text in _written(listing).items()}",
        "return _written(listing) | {'prompt': listing.versions.get().text}",
    ),
    _without(
        "nothing is sent without consent",
        "test_without_consent_nothing_is_sent_or_written",
        REWRITING,
        "if not consents:",
    ),
    _without(
        "a host that was not agreed to gets nothing",
        "test_another_host_than_the_one_agreed_to_gets_nothing",
        REWRITING,
        "if rewriter_host() != rewrite.sent_to:",
    ),
    _without(
        "a redirect leads the rewriter nowhere",
        UNUSABLE,
        REWRITER,
        "allow_redirects=False",
        "allow_redirects=True",
    ),
    _without(
        "the environment leads the rewriter nowhere",
        "test_no_proxy_of_the_environment_is_asked",
        REWRITER,
        "session.trust_env = False",
        "session.trust_env = True",
    ),
    _without("an endless answer is cut off", UNUSABLE, REWRITER, "if len(found) > MAX_ANSWER_BYTES:"),
    _without(
        "a model is asked only so often a day",
        "test_one_is_on_its_way_at_a_time_and_so_many_a_day",
        REWRITING,
        "if asked.count() >= MOST_A_DAY:",
    ),
    _without(
        "undoing a suggestion keeps what was written since",
        "test_undoing_never_overwrites_what_was_written_since",
        REWRITING,
        "if _written(locked.listing)[locked.field] != locked.suggestion:",
    ),
    _without(
        "suggestions are their seller's alone",
        "test_a_stranger_finds_none_of_it",
        "marketplace/pages/selling_rewrites.py",
        "own = Rewrite.objects.filter(listing__seller=request.seller)",
        "own = Rewrite.objects.all()",
    ),
]
_FILES = [
    _without(
        "no cell of a file runs as a formula",
        "test_no_cell_begins_a_formula",
        "common/spreadsheets.py",
        'return f"\'{cell}" if _FORMULA.match(cell) else cell',
        "return cell",
    ),
    _without(
        "a file has only so many bytes",
        "test_what_is_no_prompt_file_is_refused_with_the_reason",
        JOBS,
        "if len(content) > MAX_FILE_BYTES:",
    ),
    _without(
        "a file has only so many rows",
        "test_what_is_no_prompt_file_is_refused_with_the_reason",
        JOBS,
        "if len(rows) > MAX_ROWS:",
    ),
    Mutant(
        (),
        "a seller's files come in one at a time",
        (Sql("DROP INDEX import_one_at_a_time"),),
        ("test_two_files_at_once_are_one_file_and_a_refusal",),
    ),
    Mutant(
        (),
        "two workers on one file wait for each other",
        (Edit(LOCKS, LOCKED, "ImportJob.objects.all()"),),
        ("test_two_workers_on_one_job_take_each_row_once",),
        stands="the database knows each row of a file once, so the second worker's rows are rolled back",
    ),
    Mutant(
        (),
        "two workers take no row twice",
        (
            Edit(LOCKS, LOCKED, "ImportJob.objects.all()"),
            Sql("ALTER TABLE listings_importrow DROP CONSTRAINT import_row_once"),
            Sql("ALTER TABLE listings_importedprompt DROP CONSTRAINT imported_once_per_seller"),
        ),
        ("test_two_workers_on_one_job_take_each_row_once",),
    ),
    _without(
        "a dry run writes nothing",
        "test_a_file_is_tried_before_anything_is_written",
        "listings/services/importing.py",
        "transaction.set_rollback(self.dry_run)",
        "pass",
    ),
    _without(
        "a file that came in is not kept",
        "test_on_the_seller_s_word_it_becomes_drafts_and_the_file_is_not_kept",
        JOBS,
        'job.state, job.ended_at, job.content = state, clock.now(), b""',
        "job.state, job.ended_at = state, clock.now()",
    ),
    _without(
        "an error of an import says nothing of a prompt",
        "test_a_job_that_fails_again_and_again_is_stopped_and_says_nothing_of_the_text",
        JOBS,
        ".update(last_error=kind)",
        ".update(last_error=str(error))",
    ),
    _without(
        "what another seller submitted does not come in",
        "test_what_another_seller_submitted_is_a_copy",
        "listings/services/importing.py",
        "_refuse_copy(stored_hash, self.seller)",
        "pass",
    ),
    _without(
        "an import is its seller's alone",
        "test_check_20_others_get_404_and_no_other_answer_than_for_what_is_nowhere",
        "listings/queries/imports.py",
        "job = own_imports(seller).filter(pk=job_id).first()",
        "job = ImportJob.objects.filter(pk=job_id).first()",
    ),
    _without(
        "an export holds one's own texts only",
        "test_an_export_holds_one_s_own_texts_only",
        "listings/services/sources.py",
        "listing__seller=seller, listing__deleted_at=None,",
        "listing__deleted_at=None,",
    ),
]
_JUDGING = [
    _without(
        "the desk is there for moderators only",
        "test_for_everybody_else_the_desk_is_not_there",
        "marketplace/pages/moderation_access.py",
        "if not (user.is_active and user.is_staff):",
    ),
    _without(
        "only moderators decide",
        "test_people_who_are_not_staff_cannot_decide",
        REVIEW,
        "require_moderator(moderator)",
        "pass",
    ),
    _without(
        "nobody judges their own prompt",
        "test_a_moderator_does_not_judge_their_own_prompt",
        REVIEW,
        "if listing.seller.user_id == moderator.pk:",
    ),
    _without(
        "an appeal is another moderator's",
        "test_an_appeal_is_judged_by_another_moderator_who_may_publish",
        REVIEW,
        "if _decided_before(version, moderator):",
    ),
    _without(
        "a claimed submission is left to its moderator",
        "test_a_claim_keeps_the_others_away_until_it_runs_out",
        REVIEW,
        "claim_refuse_others(version=version, moderator=moderator)",
        "pass",
    ),
    _without(
        "of many moderators at once one has the claim",
        "test_of_many_moderators_at_once_one_gets_the_claim",
        "listings/services/claims.py",
        "free = Q(moderator=moderator) | Q(expires_at__lte=now)",
        "free = Q()",
    ),
    _without(
        "a decision is on the version that was read",
        "test_a_decision_on_a_version_that_was_replaced_conflicts",
        REVIEW,
        "if version is not None and version_number not in (None, version.number):",
    ),
    _without(
        "a moderator reads what waits and nothing else",
        "test_rivals_strangers_and_moderators_past_the_queue_read_nothing",
        "listings/services/sources.py",
        "if not (reader.is_staff and versions_waiting().filter(pk=found.pk).exists()):",
        "if not reader.is_staff:",
    ),
    _without(
        "each reading is in the audit log",
        "test_a_moderators_reading_is_audited_and_the_sellers_is_not",
        "listings/services/sources.py",
        'audit_record(actor=reader, action="version.source_read", subject=found,',
        'dict(actor=reader, action="version.source_read", subject=found,',
    ),
    _without(
        "who returned it takes it back, nobody else",
        "test_otherwise_a_decision_stands",
        APPEALS,
        "ModerationDecision.objects.filter(version=version, moderator=moderator).first()",
        "ModerationDecision.objects.filter(version=version).first()",
    ),
    _without(
        "a return can be taken back for a while only",
        "test_otherwise_a_decision_stands",
        APPEALS,
        "in_time = decision is not None and decision.created_at > clock.now() - undo_window()",
        "in_time = decision is not None",
    ),
    _without(
        "a submission is appealed once",
        "test_an_appeal_that_is_turned_down_cannot_be_made_again",
        APPEALS,
        "if version is None or Appeal.objects.filter(version=version).exists():",
        "if version is None:",
    ),
    _without(
        "the seller alone appeals",
        "test_only_the_seller_appeals_and_says_why",
        APPEALS,
        "if locked.seller.user_id != by.pk:",
    ),
    _without(
        "checks decide nothing on what no longer waits",
        "test_a_check_that_still_waits_after_the_withdrawal_decides_nothing",
        CHECKS,
        "if version is None or version.pk != version_id:",
    ),
    _without(
        "trust does not cover what the checks found",
        "test_nothing_found_may_be_grave",
        CHECKS,
        "if not found.is_clear:",
    ),
    _without(
        "a share of what is trusted is read all the same",
        "test_a_sample_is_read_all_the_same",
        CHECKS,
        "if secrets.randbelow(100) < rule.sample_percent:",
    ),
    _without(
        "a takedown ends the trust",
        "test_a_takedown_ends_the_trust_for_a_while",
        "listings/queries/trust.py",
        "if has_recent_takedown(seller, rule.days_without_takedown):",
    ),
    _without(
        "an objection is another moderator's",
        "test_a_counter_notice_is_judged_by_another_moderator_who_may_restore",
        TAKEDOWNS,
        "if row.moderator_id == moderator.pk and not may_be_first:",
    ),
    _without(
        "a seller has time to object",
        "test_without_an_answer_it_becomes_final_only_after_the_sellers_time",
        TAKEDOWNS,
        "if row.state == TakedownState.IN_FORCE and clock.now() < counter_deadline(row):",
    ),
    _without(
        "superusers alone end what buyers own",
        "test_buyers_keep_it_unless_a_superuser_ends_that",
        TAKEDOWNS,
        "if ends_access and not moderator.is_superuser:",
    ),
    _without(
        "one person's reports are limited",
        "test_many_reports_from_one_address_are_too_many",
        "marketplace/reports.py",
        "if count is not None and count > settings.REPORTS_PER_DAY:",
    ),
    _without(
        "a near copy that is not on sale is named by its day alone",
        "test_what_it_is_much_like_is_told_with_its_day_before_and_after_submission",
        "marketplace/pages/selling_review.py",
        "ShownCopy(at, listing if listing.is_public else None)",
        "ShownCopy(at, listing)",
    ),
]
MUTANTS = [*_SUBMITTING, *_TYPING, *_PICTURES, *_REWRITING, *_FILES, *_JUDGING]

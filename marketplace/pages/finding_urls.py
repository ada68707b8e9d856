"""URLs of what anyone may see: home, browse, a prompt, the shelves, and what machines read."""

from django.urls import path

from marketplace.pages import (
    finding,
    finding_feeds,
    finding_machines,
    finding_pictures,
    finding_questions,
    finding_shelves,
    finding_sitemap,
    language,
    licences,
    pictures,
    reporting,
)

urlpatterns = [
    path("media/examples/<str:folder>/<str:name>.webp", pictures.picture, name="example_picture"),
    path("", finding.home, name="home"),
    path("prompts/", finding.prompts, name="prompts"),
    path("prompts/<slug:slug>/", finding.prompt, name="prompt"),
    path("prompts/<slug:slug>/report/", reporting.prompt_report, name="prompt_report"),
    path("prompts/<slug:slug>/questions/", finding_questions.prompt_questions, name="prompt_questions"),
    path("prompts/<slug:slug>/cover.svg", finding_machines.prompt_cover, name="prompt_cover"),
    path("prompts/<slug:slug>/<slug:digest>.png", finding_pictures.prompt_picture, name="prompt_picture"),
    path("models/<slug:slug>/", finding_shelves.model, name="model"),
    path("categories/<slug:slug>/", finding_shelves.category, name="category"),
    path("tags/<slug:slug>/", finding_shelves.tag, name="tag"),
    path("sellers/<slug:handle>/", finding_shelves.seller, name="seller"),
    path("collections/<slug:slug>/", finding_shelves.collection, name="collection"),
    path("recent/", finding_shelves.recent, name="recent"),
    path("share/<slug:digest>.png", finding_pictures.site_picture, name="site_picture"),
    path("feeds/new.atom", finding_feeds.NewPromptsFeed(), name="feed_new"),
    path("feeds/models/<slug:slug>.atom", finding_feeds.ModelFeed(), name="feed_model"),
    path("feeds/categories/<slug:slug>.atom", finding_feeds.CategoryFeed(), name="feed_category"),
    path("sitemap.xml", finding_sitemap.sitemap, name="sitemap"),
    path("sitemap-shelves.xml", finding_sitemap.sitemap_shelves, name="sitemap_shelves"),
    path("sitemap-prompts-<int:part>.xml", finding_sitemap.sitemap_prompts, name="sitemap_prompts"),
    path("sitemap-sellers-<int:part>.xml", finding_sitemap.sitemap_sellers, name="sitemap_sellers"),
    path("robots.txt", finding_machines.robots, name="robots"),
    path("llms.txt", finding_machines.llms, name="llms"),
    path("licences/<str:license>/<int:version>/", licences.licence, name="licence"),
    path("i18n/setlang/", language.language_switch, name="set_language"),
]

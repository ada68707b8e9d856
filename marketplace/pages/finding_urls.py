"""URLs of what anyone may see: home, browse, a prompt, the shelves, and what machines read."""

from django.urls import path

from marketplace.pages import finding, finding_machines, language

urlpatterns = [
    path("", finding.home, name="home"),
    path("prompts/", finding.prompts, name="prompts"),
    path("prompts/<slug:slug>/", finding.prompt, name="prompt"),
    path("prompts/<slug:slug>/cover.svg", finding_machines.prompt_cover, name="prompt_cover"),
    path("models/<slug:slug>/", finding.model, name="model"),
    path("categories/<slug:slug>/", finding.category, name="category"),
    path("sellers/<slug:handle>/", finding.seller, name="seller"),
    path("feeds/new.atom", finding_machines.NewPromptsFeed(), name="feed_new"),
    path("sitemap.xml", finding_machines.sitemap, name="sitemap"),
    path("robots.txt", finding_machines.robots, name="robots"),
    path("i18n/setlang/", language.language_switch, name="set_language"),
]

"""A game on the original's model service; where its games API is comes from the environment."""

import os

SECRET_KEY = 'for a test'
ALLOWED_HOSTS = ['*']
INSTALLED_APPS = ['modelservice', 'div']
TEMPLATES = [{'BACKEND': 'django.template.backends.django.DjangoTemplates', 'APP_DIRS': True}]
WSGI_APPLICATION = 'div.wsgi.application'
# What the original tells its users to set: each call then reads its user anew.
CACHES = {'default': {'BACKEND': 'django.core.cache.backends.dummy.DummyCache'}}
ROOT_TOPIC = 'world.simpl.sims.div'
SIMPL_GAMES_URL = os.environ['GAMES_API']
SIMPL_GAMES_AUTH = ('simpl@simpl.world', os.environ['GAMES_API_PASSWORD'])

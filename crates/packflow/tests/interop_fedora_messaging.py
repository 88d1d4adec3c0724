"""Publishes what it reads from its input, each line a topic and a body, with Fedora's own library and the schemas of the services.

A body that its schema refuses ends it with a traceback.
"""

import json
import sys

from fedora_messaging import api, config, message

PREFIX = "org.fedoraproject.prod."
# One topic has several schemas, of which this is the newest.
NEWEST = {"bodhi.update.status.testing.koji-build-group.build.complete": "bodhi.update.status.testing.v3"}

url, = sys.argv[1:]
config.conf.load_config()
config.conf["amqp_url"] = url
config.conf["topic_prefix"] = PREFIX.rstrip(".")

message.load_message_classes()
classes = {cls.topic: cls for cls in message._schema_name_to_class.values() if getattr(cls, "topic", "")}
schemas = set()
for line in sys.stdin:
    told = json.loads(line)
    topic = told["topic"].removeprefix(PREFIX)
    cls = message.get_class(NEWEST[topic]) if topic in NEWEST else classes[topic]
    told = cls(topic=topic, body=told["body"])
    told.validate()
    api.publish(told, timeout=60)
    schemas.add(told._headers["fedora_messaging_schema"])
    print(topic, flush=True)
print("schemas:", *sorted(schemas), flush=True)

# SPDX-License-Identifier: GPL-3.0-or-later
nameservers: [ns1.example.net., ns2.example.net.]
soa: {mname: ns1.example.net., rname: hostmaster@example.com, refresh: 2h, retry: 1h, expire: 2w, minimum: 1h}
extends:
  # `front` comes from the environment, which the template finds by its name.
  - shop: {ttl: "${environment == \"prod\" ? \"1h\" : \"1m\"}"}
%%% shop
# SPDX-License-Identifier: GPL-3.0-or-later
template: shop
description: A shop behind its front servers
params:
  front: {type: list, of: ipv4, min: 1, required: true}
  replicas: {type: int, default: 2, min: 1, max: 9}
  ttl: {type: duration, default: 1h}
rules:
  - assert: environment != "prod" || length(front) >= 2
    message: prod has two front servers or more
records:
  "@": {A: {values: "${front}", ttl: "${ttl}"}}
  www: {CNAME: "@"}
each:
  - for: i in range(1, replicas + 1)
    records:
      db${i}: {A: "${cidr_host(\"10.0.0.0/24\", 10 + i)}"}
tests:
  - with: {front: [192.0.2.1, 192.0.2.2], replicas: 1}
    expect: {"@": {A: [192.0.2.1, 192.0.2.2]}, db1: {A: 10.0.0.11}, db2: null}

# SPDX-License-Identifier: GPL-3.0-or-later
extends:
  - base
  - mail/policy: {reports: dmarc@example.com, policy: reject}
  - mail/google: {senders: [_spf.newsletter.example]}
records:
  "@": {A: 192.0.2.10}
  www: {CNAME: "@"}
%%% base
# SPDX-License-Identifier: GPL-3.0-or-later
template: base
description: Name servers, SOA and who may issue certificates
nameservers: [ns1.example.net., ns2.example.net.]
soa: {mname: ns1.example.net., rname: hostmaster@example.com, refresh: 2h, retry: 1h, expire: 2w, minimum: 1h}
records:
  "@":
    caa: {issue: letsencrypt}
tests:
  - name: certificates of one authority
    expect: {"@": {CAA: 0 issue "letsencrypt.org"}}
%%% mail/fastmail
# SPDX-License-Identifier: GPL-3.0-or-later
template: mail/fastmail
description: Mail at Fastmail
records:
  "@":
    MX: [10 in1-smtp.messagingengine.com., 20 in2-smtp.messagingengine.com.]
    spf: {include: spf.messagingengine.com}
each:
  - for: n in [1, 2, 3]
    records:
      fm${n}._domainkey: {CNAME: "fm${n}.${zone}.dkim.fmhosted.com."}
tests:
  - expect: {fm2._domainkey: {CNAME: fm2.example.com.dkim.fmhosted.com.}}
%%% mail/google
# SPDX-License-Identifier: GPL-3.0-or-later
template: mail/google
description: Mail at Google Workspace
params:
  dkim: {type: string, default: "", description: The key that the console shows as p=…}
  senders: {type: list, of: name, default: [], description: Names of other services that send}
records:
  "@":
    MX: 1 smtp.google.com.
    spf: {include: "${concat([\"_spf.google.com\"], senders)}", all: softfail}
each:
  - for: key in [dkim]
    when: key != ""
    records:
      "@": {dkim: {selector: google, key: "${key}"}}
tests:
  - name: without DKIM
    expect:
      "@": {MX: 1 smtp.google.com., TXT: "v=spf1 include:_spf.google.com ~all"}
      google._domainkey: null
  - name: with another sender
    with: {senders: [_spf.example.net]}
    expect: {"@": {TXT: "v=spf1 include:_spf.google.com include:_spf.example.net ~all"}}
%%% mail/microsoft
# SPDX-License-Identifier: GPL-3.0-or-later
template: mail/microsoft
description: Mail at Microsoft 365
params:
  tenant: {type: label, required: true, description: The name before .onmicrosoft.com}
vars:
  host: ${replace(zone, ".", "-")}
records:
  "@":
    MX: 0 ${host}.mail.protection.outlook.com.
    spf: {include: spf.protection.outlook.com}
  autodiscover: {CNAME: autodiscover.outlook.com.}
  selector1._domainkey: {CNAME: "selector1-${host}._domainkey.${tenant}.onmicrosoft.com."}
  selector2._domainkey: {CNAME: "selector2-${host}._domainkey.${tenant}.onmicrosoft.com."}
tests:
  - zone: example.org
    with: {tenant: acme}
    expect:
      "@": {MX: 0 example-org.mail.protection.outlook.com.}
      selector1._domainkey: {CNAME: selector1-example-org._domainkey.acme.onmicrosoft.com.}
%%% mail/policy
# SPDX-License-Identifier: GPL-3.0-or-later
template: mail/policy
description: What receivers do with forged mail, and where reports go
params:
  policy: {type: string, enum: [none, quarantine, reject], default: quarantine}
  reports: {type: email, required: true, description: Where DMARC and TLS reports are sent}
records:
  "@":
    dmarc: {p: "${policy}", rua: "${reports}"}
    tls_rpt: ${reports}
tests:
  - with: {reports: r@example.com}
    expect: {_dmarc: {TXT: v=DMARC1; p=quarantine; rua=mailto:r@example.com}}
  - {name: a policy that there is not, with: {reports: r@example.com, policy: maybe}, error: one of none}

/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The stable codes of diagnostics. A number never changes its meaning; a retired one is not reused.
 *   10xx YAML · 11xx zone documents, names, RDATA · 12xx lint errors · 13xx foreign sources
 *   20xx project file and secrets · 21xx lint warnings
 *   30xx transport · 32xx zonefile · 33xx powerdns · 34xx rfc2136
 *   40xx plan, capabilities, policy · 41xx plan files
 *   50xx apply and rollback · 51xx verification · 52xx journal · 54xx drift · 55xx git and CI · 90xx command line */
#ifndef RZ_SUPPORT_CODES_H
#define RZ_SUPPORT_CODES_H

#include <stddef.h>

enum rz_code {
    /* 10xx YAML */
    RZ1001 = 1001, /* malformed YAML */
    RZ1002 = 1002, /* duplicate key */
    RZ1003 = 1003, /* document too deep, too large or alias expansion over the budget */
    RZ1004 = 1004, /* unknown key */
    RZ1005 = 1005, /* wrong kind of value */
    RZ1006 = 1006, /* value outside its range or not one of the allowed */
    RZ1007 = 1007, /* required key is missing */
    RZ1008 = 1008, /* file cannot be read */
    RZ1009 = 1009, /* not UTF-8, or a character YAML does not allow */
    RZ1010 = 1010, /* unknown alias or misplaced merge key */
    RZ1011 = 1011, /* unknown or malformed variable reference */
    RZ1012 = 1012, /* malformed expression */
    RZ1013 = 1013, /* expression without a value */
    RZ1014 = 1014, /* layout that would change the file */
    /* 11xx zone documents, names, RDATA */
    RZ1101 = 1101, /* name that cannot be read */
    RZ1102 = 1102, /* owner outside the zone */
    RZ1103 = 1103, /* unknown record type */
    RZ1104 = 1104, /* RDATA that cannot be read */
    RZ1105 = 1105, /* relative name that looks absolute */
    RZ1106 = 1106, /* TTL that cannot be read */
    RZ1107 = 1107, /* TXT value in quotes of its own */
    RZ1108 = 1108, /* `nameservers` or `soa` beside records that say the same */
    RZ1110 = 1110, /* RRset given twice */
    RZ1111 = 1111, /* record given twice */
    RZ1112 = 1112, /* unequal TTLs in one RRset */
    RZ1113 = 1113, /* RRset over its bounds */
    /* 12xx lint errors */
    RZ1201 = 1201, /* other data beside a CNAME */
    RZ1202 = 1202, /* several records where one may be */
    RZ1203 = 1203, /* target is a CNAME */
    RZ1204 = 1204, /* CNAME at the apex */
    RZ1205 = 1205, /* data below a DNAME */
    RZ1206 = 1206, /* apex type elsewhere */
    RZ1207 = 1207, /* no type of data */
    RZ1208 = 1208, /* misplaced DS */
    RZ1209 = 1209, /* TTL too large */
    RZ1210 = 1210, /* data below a delegation */
    RZ1211 = 1211, /* name server without address */
    RZ1212 = 1212, /* address where a name belongs */
    RZ1213 = 1213, /* two SPF records */
    RZ1214 = 1214, /* two DMARC records */
    RZ1215 = 1215, /* SPF with over ten look-ups */
    RZ1216 = 1216, /* malformed SPF record */
    RZ1217 = 1217, /* malformed DMARC record */
    RZ1218 = 1218, /* malformed DKIM key */
    RZ1219 = 1219, /* malformed CAA record */
    RZ1220 = 1220, /* malformed TLSA record */
    RZ1221 = 1221, /* malformed DS record */
    RZ1222 = 1222, /* malformed SVCB or HTTPS record */
    RZ1223 = 1223, /* malformed SSHFP record */
    /* 13xx foreign sources */
    RZ1301 = 1301, /* OctoDNS option that is not applied */
    RZ1310 = 1310, /* malformed record line */
    RZ1311 = 1311, /* record of another class */
    RZ1312 = 1312, /* record without TTL */
    RZ1313 = 1313, /* TTL by custom */
    RZ1314 = 1314, /* bad directive */
    RZ1315 = 1315, /* $INCLUDE refused */
    RZ1316 = 1316, /* bad $GENERATE */
    RZ1317 = 1317, /* master file too large */
    /* 14xx templates */
    RZ1401 = 1401, /* template given twice */
    RZ1402 = 1402, /* bad parameter or type */
    RZ1403 = 1403, /* no such template */
    RZ1404 = 1404, /* argument that is missing, unknown or of another type */
    RZ1405 = 1405, /* templates conflict */
    RZ1406 = 1406, /* templates extend each other in a circle */
    RZ1407 = 1407, /* rule of a template is broken */
    RZ1408 = 1408, /* deprecated template */
    RZ1409 = 1409, /* nothing to remove or adjust */
    RZ1410 = 1410, /* unused template */
    RZ1411 = 1411, /* template in use */
    RZ1412 = 1412, /* malformed test of a template */
    /* 20xx project file and secrets */
    RZ2001 = 2001, /* no project here */
    RZ2002 = 2002, /* unknown provider kind */
    RZ2003 = 2003, /* unknown provider name */
    RZ2004 = 2004, /* zone without a target */
    RZ2005 = 2005, /* zone in two files */
    RZ2006 = 2006, /* no zone matches */
    RZ2007 = 2007, /* unknown state */
    RZ2008 = 2008, /* file that is no zone */
    RZ2009 = 2009, /* unknown environment */
    RZ2010 = 2010, /* secret that cannot be had */
    RZ2011 = 2011, /* imported zone breaks rules */
    RZ2012 = 2012, /* zone without its templates */
    RZ2013 = 2013, /* state URL */
    RZ2015 = 2015, /* notification that cannot be read */
    RZ2016 = 2016, /* project without zone files */
    /* 21xx lint warnings */
    RZ2101 = 2101, /* private address */
    RZ2102 = 2102, /* documentation address */
    RZ2103 = 2103, /* very low TTL */
    RZ2104 = 2104, /* very high TTL */
    RZ2105 = 2105, /* outdated DS */
    RZ2106 = 2106, /* name hidden from a wildcard */
    RZ2107 = 2107, /* asterisk without its usual effect */
    RZ2108 = 2108, /* address at an underscore name */
    RZ2109 = 2109, /* null MX beside others */
    RZ2110 = 2110, /* mail domain without SPF */
    RZ2111 = 2111, /* mail domain without DMARC */
    RZ2112 = 2112, /* mixed scripts in a name */
    RZ2113 = 2113, /* dangling target */
    RZ2114 = 2114, /* CNAME loop */
    RZ2115 = 2115, /* long CNAME chain */
    RZ2116 = 2116, /* target is a CNAME in another zone */
    RZ2117 = 2117, /* zone without delegation */
    RZ2118 = 2118, /* address that a delegation hides */
    RZ2119 = 2119, /* SPF that lets anybody send */
    RZ2120 = 2120, /* SOA without name servers */
    RZ2121 = 2121, /* SPF terms without effect */
    RZ2122 = 2122, /* DMARC without a policy */
    RZ2123 = 2123, /* unknown CAA tag */
    RZ2124 = 2124, /* SVCB alias beside others */
    RZ2125 = 2125, /* several DKIM keys */
    RZ2126 = 2126, /* weak DKIM key */
    RZ2127 = 2127, /* CAA that forbids the issuer in use */
    /* 30xx HTTP transport */
    RZ3001 = 3001, /* URL that cannot be used */
    RZ3002 = 3002, /* CA file that cannot be used */
    RZ3003 = 3003, /* no connection */
    RZ3004 = 3004, /* no trusted TLS connection */
    RZ3005 = 3005, /* no reply in time */
    RZ3006 = 3006, /* connection broke, or reply is no HTTP */
    RZ3007 = 3007, /* reply too large */
    RZ3008 = 3008, /* sent, outcome unknown */
    RZ3009 = 3009, /* stopped by the user */
    RZ3010 = 3010, /* secret that fits no header */
    RZ3020 = 3020, /* DNS server cannot be reached */
    RZ3021 = 3021, /* no reply in time */
    RZ3022 = 3022, /* malformed or missing reply */
    RZ3023 = 3023, /* bad TSIG key */
    RZ3024 = 3024, /* server refuses the TSIG key */
    RZ3025 = 3025, /* clocks differ */
    RZ3026 = 3026, /* reply's signature is wrong or missing */
    RZ3027 = 3027, /* question or transfer refused */
    RZ3028 = 3028, /* server not authoritative */
    RZ3029 = 3029, /* update's prerequisites do not hold */
    RZ3030 = 3030, /* update refused */
    RZ3031 = 3031, /* update rejected */
    RZ3032 = 3032, /* update's outcome not known */
    RZ3033 = 3033, /* update too large */
    RZ3034 = 3034, /* transfer too large */
    RZ3035 = 3035, /* zone changed during the transfer */
    RZ3036 = 3036, /* server failure */
    RZ3037 = 3037, /* apex records that stay */
    /* 32xx zonefile */
    RZ3201 = 3201, /* bad option of a zonefile provider */
    RZ3202 = 3202, /* zone file cannot be read */
    RZ3203 = 3203, /* zone file cannot be written */
    RZ3204 = 3204, /* zone file changed meanwhile */
    RZ3205 = 3205, /* zone file has includes */
    RZ3206 = 3206, /* no SOA for the zone */
    RZ3207 = 3207, /* check command refused the zone */
    RZ3208 = 3208, /* reload command failed */
    RZ3209 = 3209, /* no file name for the zone */
    RZ3210 = 3210, /* zone file locked */
    RZ3211 = 3211, /* zone file exists */
    /* 33xx powerdns */
    RZ3301 = 3301, /* bad option of a powerdns provider */
    RZ3302 = 3302, /* API key refused */
    RZ3303 = 3303, /* reply that was not expected */
    RZ3304 = 3304, /* reply is no zone */
    RZ3305 = 3305, /* zone changed meanwhile */
    RZ3306 = 3306, /* change refused by the server */
    RZ3307 = 3307, /* zone cannot be created */
    RZ3308 = 3308, /* zone is not there */
    RZ3309 = 3309, /* disabled records */
    RZ3310 = 3310, /* live record that cannot be read */
    RZ3311 = 3311, /* notification failed */
    RZ3312 = 3312, /* outcome of a change unknown */
    RZ3313 = 3313, /* live record outside the zone */
    /* 34xx rfc2136 */
    RZ3401 = 3401, /* bad option of an rfc2136 provider */
    RZ3402 = 3402, /* zone changed since it was read */
    RZ3403 = 3403, /* serial after an update not known */
    RZ3404 = 3404, /* control socket of Knot DNS cannot be used */
    /* 35xx dnsservices */
    RZ3501 = 3501, /* bad setting of a dnsservices provider */
    RZ3502 = 3502, /* certificate is not checked */
    RZ3503 = 3503, /* .env is open to other users */
    RZ3504 = 3504, /* login refused */
    RZ3505 = 3505, /* token file cannot be used */
    RZ3506 = 3506, /* token file is damaged */
    RZ3507 = 3507, /* clocks differ */
    RZ3508 = 3508, /* token is malformed */
    RZ3509 = 3509, /* request refused */
    RZ3510 = 3510, /* reply cannot be read */
    RZ3511 = 3511, /* too many requests */
    RZ3512 = 3512, /* record is kept as it is */
    RZ3513 = 3513, /* live record cannot be read */
    RZ3514 = 3514, /* zone changed meanwhile */
    RZ3515 = 3515, /* change refused */
    RZ3516 = 3516, /* outcome unknown */
    RZ3517 = 3517, /* zone cannot be created or deleted */
    RZ3518 = 3518, /* no such domain */
    RZ3519 = 3519, /* requests are traced */
    RZ3541 = 3541, /* no zone for the name */
    RZ3542 = 3542, /* record conflict */
    RZ3543 = 3543, /* bad record */
    RZ3544 = 3544, /* zone files do not say so */
    RZ3550 = 3550, /* parent does not publish it */
    RZ3551 = 3551, /* registration cannot be read */
    RZ3552 = 3552, /* registration cannot be changed so */
    RZ3553 = 3553, /* keys of the zone cannot be read */
    /* 40xx plan, capabilities, policy */
    RZ4001 = 4001, /* target cannot hold an RRset */
    RZ4002 = 4002, /* policy forbids */
    RZ4003 = 4003, /* policy value */
    RZ4004 = 4004, /* zone not planned */
    RZ4005 = 4005, /* changes left out */
    /* 41xx plan files */
    RZ4101 = 4101, /* not a plan file */
    RZ4102 = 4102, /* plan file was edited */
    RZ4103 = 4103, /* plan expired */
    RZ4104 = 4104, /* inputs differ */
    RZ4105 = 4105, /* live zone moved */
    RZ4106 = 4106, /* plan was applied, or is older */
    RZ4107 = 4107, /* signature missing or wrong */
    RZ4108 = 4108, /* signing key */
    /* 50xx apply and rollback */
    RZ5001 = 5001, /* batch was not carried out */
    RZ5002 = 5002, /* outcome unknown */
    RZ5003 = 5003, /* rolled back */
    RZ5004 = 5004, /* rollback incomplete */
    RZ5005 = 5005, /* conflict with a later change */
    RZ5006 = 5006, /* stopped */
    RZ5007 = 5007, /* zone cannot be created or deleted */
    RZ5008 = 5008, /* unrelated live changes */
    RZ5009 = 5009, /* state of a run's zone */
    RZ5010 = 5010, /* nothing to undo */
    RZ5011 = 5011, /* end of the run not written */
    RZ5012 = 5012, /* changed by somebody else at the same moment */
    RZ5013 = 5013, /* signed zone does not validate */
    RZ5014 = 5014, /* no answer about a DS */
    RZ5015 = 5015, /* not known what earlier runs applied */
    /* 51xx verification */
    RZ5101 = 5101, /* read-back differs */
    RZ5102 = 5102, /* something else moved */
    RZ5103 = 5103, /* answer differs */
    RZ5104 = 5104, /* server does not answer */
    RZ5105 = 5105, /* serials differ */
    RZ5106 = 5106, /* no server to ask */
    RZ5110 = 5110, /* check that cannot be read */
    RZ5111 = 5111, /* check failed */
    RZ5112 = 5112, /* commands are not allowed */
    RZ5113 = 5113, /* plan's command is not in the files */
    /* 52xx journal */
    RZ5201 = 5201, /* journal cannot be used */
    RZ5202 = 5202, /* zone is locked */
    RZ5203 = 5203, /* zone was left open */
    RZ5204 = 5204, /* lock was lost */
    RZ5205 = 5205, /* no such run */
    RZ5206 = 5206, /* no journal is kept */
    RZ5210 = 5210, /* database cannot be reached */
    RZ5211 = 5211, /* database refuses the login */
    RZ5212 = 5212, /* no such database, or no right to make tables */
    RZ5213 = 5213, /* connection to the database was lost */
    RZ5214 = 5214, /* database took too long */
    RZ5215 = 5215, /* lease has run out */
    /* 53xx notifications */
    RZ5301 = 5301, /* not delivered */
    RZ5302 = 5302, /* cannot be told */
    /* 54xx drift */
    RZ5401 = 5401, /* live value was not adopted */
    RZ5403 = 5403, /* damaged snapshot */
    RZ5404 = 5404, /* metrics cannot be written */
    RZ5405 = 5405, /* cannot listen */
    /* 55xx git and CI */
    RZ5501 = 5501, /* no such revision */
    RZ5502 = 5502, /* repository cannot be read */
    RZ5503 = 5503, /* gate is closed */
    RZ5504 = 5504, /* planned without network */
    RZ5505 = 5505, /* plan was made offline */
    RZ5506 = 5506, /* authors cannot be told */
    RZ5507 = 5507, /* files of a revision cannot be laid out */
    /* 56xx queues */
    RZ5600 = 5600, /* no queue in this journal */
    RZ5601 = 5601, /* setting that workers of a queue cannot honour */
    RZ5602 = 5602, /* queue without a plan file */
    RZ5603 = 5603, /* queue of another plan */
    RZ5604 = 5604, /* queue is being worked off */
    RZ5605 = 5605, /* no such queue */
    RZ5606 = 5606, /* worker was lost */
    RZ5607 = 5607, /* rate is not shared */
    RZ5609 = 5609, /* plan is in a queue */
    /* 60xx DNSSEC */
    RZ6001 = 6001, /* bad `dnssec:` */
    RZ6002 = 6002, /* NSEC3 that hashes more than once */
    RZ6003 = 6003, /* keys are not as the file says */
    RZ6004 = 6004, /* several targets would sign */
    RZ6005 = 6005, /* private key is not there */
    RZ6006 = 6006, /* keys cannot be read or changed */
    RZ6007 = 6007, /* zone is not signed as it should be */
    RZ6009 = 6009, /* would make the zone bogus */
    RZ6010 = 6010, /* keys cannot be rolled */
    RZ6011 = 6011, /* parent has not exchanged the DS */
    RZ6012 = 6012, /* no such key */
    /* 605x DNSSEC: status, local signing, roll-overs */
    RZ6050 = 6050, /* signed zone cannot be read */
    RZ6051 = 6051, /* parent cannot be asked */
    RZ6052 = 6052, /* private keys cannot be read or written */
    RZ6053 = 6053, /* private key cannot be made or taken */
    RZ6054 = 6054, /* zone file cannot be signed */
    /* 61xx forwarding rules */
    RZ6101 = 6101, /* domain of a rule outside its zone */
    RZ6102 = 6102, /* bad target of a rule */
    RZ6103 = 6103, /* bad option of a resolver */
    RZ6104 = 6104, /* rules that cannot be read */
    RZ6105 = 6105, /* resolver cannot be asked for its rules */
    RZ6106 = 6106, /* resolver does something else than its file says */
    RZ6107 = 6107, /* rules without a resolver, or records without a name server */
    RZ6108 = 6108, /* rules that forward in a circle, or twice */
    RZ6109 = 6109, /* resolver does not answer through a rule */
    RZ6110 = 6110, /* target does not answer as it should */
    RZ6111 = 6111, /* target with two names */
    RZ6112 = 6112, /* rule that says what the one above it says */
    /* 90xx command line */
    RZ9001 = 9001, /* wrong usage */
    RZ9002 = 9002, /* output cannot be written */
    RZ9003 = 9003, /* would overwrite */
    RZ9004 = 9004, /* needs a yes */
    RZ9005 = 9005, /* no cache */
    RZ9010 = 9010, /* unknown code */
};

struct rz_code_info {
    enum rz_code code;
    int severity;        /* enum rz_severity */
    const char *title;   /* one line */
    const char *meaning; /* what it means and what to do, a paragraph */
};

/* The table, ordered by code; one page of docs/reference/diagnostics is made from each row. */
extern const struct rz_code_info rz_codes[];
extern const size_t rz_codes_count;
/* NULL for a number that is no code. */
const struct rz_code_info *rz_code_find(int code);

/* Codes from `first` to the next family's are about one thing. Ordered; ends with title NULL. */
struct rz_code_family {
    int first;
    const char *title;
};
extern const struct rz_code_family rz_code_families[];
const struct rz_code_family *rz_code_family(int code);

#endif

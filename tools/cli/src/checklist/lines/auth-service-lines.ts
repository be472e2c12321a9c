/**
 * The lines of the Auth Service v1.0 checklist that ask for something, in our words. `#` heads the lines below it; after `=` stands what
 * takes care of a line that is no item of its own.
 */
export const authServiceLines = `
9 # TLS certificates
10 certificates signed by an authority
11 path of the certificate in the settings
12 path of its key in the settings
13 chain verified against the bundle of authorities
14 alert 60 days before a certificate ends
16 # JWT secret
17 strong, at least 32 characters
18 kept in a vault
19 rotation every 90 days
20 loads when the service starts
22 # debug endpoints
23 profiling is off in production
24 /debug/pprof/ answers 404
25 no debug symbols in the program
28 # database
29 connection string
30 reachable from where the service runs
31 tried read-only
32 pool limits, 200 at most
33 connect timeout of 5 s
35 # rate limiting
36 limit for all clients together
37 limit for each client
38 boundaries tried out
39 alert when limits are hit
41 # logging
42 level INFO
43 rotation by size
44 aggregation
45 no sensitive data
46 retention
49 # Prometheus
50 scrape job for /metrics
51 recording rules
52 dashboards
53 … requests a second
54 … error rates
55 … latencies
56 … pool usage
58 # alert rules
59 more than 1 % errors
60 p99 above 500 ms
61 more than 180 connections
62 service down
64 # health checks
65 GET /health
66 timeout 5 s
67 every 30 s
68 three failures in a row
71 # load test
72 100 requests a second for 5 minutes
73 no hung connection
74 memory watched
75 errors below 0.1 %
77 # security test
78 HTTPS enforced
79 invalid tokens rejected
80 malformed JSON handled
81 security headers
82 penetration test
84 # database test
85 failover
86 query timeout
87 pool recovers
88 data consistent
95 # backup of what is there
96 … database
97 … configuration
98 … program, for a rollback
100 # team
101 window announced to support
102 war room
103 on-call engineer
104 rollback plan
107 the old service is stopped
108 gracefully
109 requests in flight get 30 s
110 nothing of it is left
112 the new program is deployed
113 copied into place
114 executable
115 its commit is the one meant
117 environment
119 the JWT secret is set
120 the database password is set
121 production mode is set
124 # start
125 the service is started
126 log of the start
127 no errors in it
129 # first look
130 health 200
131 a token is generated
132 metrics 200
135 # endpoint tests
138 base path
141 token request
142 … its content type
143 … its body
146 validation of a token
147 … its authorization
148 … its content type
149 … its body
152 # monitoring
153 metrics arrive
154 no ERROR in the logs
155 traffic is visible
156 response times normal
158 light load test
159 50 requests at once
160 less than 1 % errors
161 response times
168 24 hours watched
169 error rates
170 p50, p95, p99
171 pool usage
172 memory leaks
174 # log review
175 unexpected errors
176 security incidents
177 rate limiting in action
178 sensitive data
181 # production validation
182 integration tests
183 all endpoints with real clients
184 tokens expire
185 revocation
186 caching
188 # clients
189 users of the API told
190 status page
191 clients get tokens
192 client errors
195 # documentation
196 rate achieved
197 runbook
198 configuration changes
199 post-mortem
208 rollback: the new service is stopped
211 rollback: secrets from before
214 rollback: program from before
217 rollback: started again
220 rollback: health
224 restored from the backup before the deployment
225 data consistent
226 sample queries
233 weekly: error rates
234 weekly: critical logs
235 weekly: backups
238 monthly: security logs
239 monthly: certificates
240 monthly: trends
241 monthly: rate limits
244 quarterly: security audit
245 quarterly: performance review
246 quarterly: dependencies
247 quarterly: disaster recovery test
248 quarterly: JWT secret rotated
255 down: status of the service
256 down: logs
257 down: dependencies
258 down: rollback
261 errors: what changed
262 errors: database
263 errors: rate limiting
264 errors: rollback
267 slow: pool usage
268 slow: CPU
269 slow: memory
270 slow: queries
271 slow: more replicas
277 contact on call
278 contact database
279 contact security
280 war room
281 escalation
`;

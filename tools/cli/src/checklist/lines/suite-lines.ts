/** The lines of the suite's checklist (identity services and key service), as in `auth-service-lines.ts`. */
export const suiteLines = `
23 # environment
24 platform operational
25 ports available
26 databases reachable
27 certificates valid and readable
28 secret management set up
30 # configuration
31 reviewed and approved
32 connection strings
33 OTLP endpoints
34 CORS origins
35 rate limits
36 log levels
38 # security
39 no secret in the environment
40 unseal secrets, 3 of 5
41 database credentials are secrets of the platform
42 signatures and dates of certificates
43 security scans
44 no critical or high vulnerability
46 # tests
47 unit
48 integration
49 end to end
50 coverage 95 %
52 # backup
53 made and verified
54 restore tested within 30 days
55 configuration from before saved
57 # people
58 window announced
59 on-call told
60 customers told
70 compose: images pulled
73 compose: images listed
76 compose: started
79 compose: logs of the start
86 kubernetes: ConfigMaps applied
87 kubernetes: Secrets applied
90 kubernetes: deployments applied
93 kubernetes: rollout of the key service
94 kubernetes: rollout of authz
95 kubernetes: rollout of idp
96 kubernetes: rollout of rs
99 kubernetes: pods
104 services are given time to start
106 compose: everything healthy
110 compose: ps
113 kubernetes: everything ready
117 kubernetes: pods
120 health endpoints
124 key service: livez
125 key service: readyz
128 authz: health
131 idp: health
134 rs: health
137 database connectivity
141 pg_isready
150 # critical paths
151 authorization code flow
152 introspection
153 resource access
154 encryption and decryption
155 key generation
157 API endpoints
161 OpenAPI document
163 … is valid JSON
166 # telemetry
167 collector
168 Grafana
169 Loki
170 Tempo
174 # response times
175 health below 100 ms
176 authorize below 500 ms
177 token below 1000 ms
179 # resources
180 CPU below 70 %
181 memory stable
182 connection pool
184 # errors
185 5xx below 0.1 %
186 error logs reviewed
187 no panic, no crash
191 # TLS
192 HTTPS with valid certificates everywhere
193 no TLS errors in logs
194 more than 30 days left
196 # authorization
197 401 and 403
198 tokens validated
199 scopes enforced
203 # deployment record
204 time = every record has the time at which it was made, and the key service signs its own beside it
205 version and commit
206 configuration changes
207 issues and solutions
209 # people
210 completion announced
211 known issues told
212 next look planned
222 trigger: health failing
223 trigger: errors above 5 %
224 trigger: half as slow again
225 trigger: security incident
226 trigger: critical flows broken
232 compose rollback: down
235 compose rollback: configuration from before
238 compose rollback: up
241 compose rollback: ps
248 kubernetes rollback: key service
249 kubernetes rollback: authz
250 kubernetes rollback: idp
251 kubernetes rollback: rs
254 kubernetes rollback: status
257 kubernetes rollback: pods
262 # after a rollback: health
263 services healthy
264 database reachable
266 # after a rollback: function
267 critical flows
268 endpoints
270 # after a rollback: people
271 told
272 ticket
273 root cause analysis planned
277 # incident
278 reason
279 timeline
280 root cause
281 action items
283 # lessons
284 debrief within 48 hours
285 process
286 tests
296 watch: containers and pods
297 watch: health checks
298 watch: uptime
302 watch: latency
303 watch: throughput
304 watch: error rate
308 watch: CPU
309 watch: memory
310 watch: database connections
314 watch: authorization requests
315 watch: tokens issued
316 watch: failed sign-ins
320 watch: encryptions
321 watch: decryptions
322 watch: keys generated
326 dashboard: overview
327 dashboard: performance
328 dashboard: errors
334 contact on call
335 contact database
336 contact platform
337 contact security
343 link to the Compose file = deployments/compose/compose.yml is there
344 link to the Compose file with replicas = deployments/identity/compose.advanced.yml is there
345 link to the Kubernetes guide = deployments/kubernetes/README.md is there
346 link to the runbook = docs/operations/operational-runbook.md
347 link to token rotation = docs/operations/token-rotation-runbook.md
348 link to adaptive authentication = it belongs to the risk engine, and is written with it
349 link to troubleshooting = docs/operations/health-check-troubleshooting.md
359 limitation: separate programs = one program runs every service: cryptoutil identity authz, idp, rs and cryptoutil kms serve
360 limitation: commands missing = the same
361 limitation: identity not deployable = the whole suite is deployed at once
369 tool: act = not needed: .github/workflows runs the scans, and they run by hand as well
370 tool: its installation = not needed
371 tool: its guide = not needed
`;

# The commands of the deployment checklist, as they stand in it (the token request of the deployment phase is the one below).
curl https://localhost:8443/health
curl https://localhost:8443/metrics
# Health
curl -sk https://localhost:8443/auth-server/v1/oauth/

# Token generation
curl -sk -X POST https://localhost:8443/auth-server/v1/oauth/token \
  -H "Content-Type: application/json" \
  -d '{"client_id":"test-client","client_secret":"test-secret-123","grant_type":"client_credentials"}'

# Validation
curl -sk -X POST https://localhost:8443/auth-server/v1/oauth/validate \
  -H "Authorization: Bearer <token>" \
  -H "Content-Type: application/json" \
  -d '{"endpoint_url":"http://api.example.com/v1/users"}'

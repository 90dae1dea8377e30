-- The tables as commit 7986c52 made them: SQLAlchemy's create_all, without a version.
CREATE TABLE events (
  id BIGSERIAL NOT NULL,
  sender_id VARCHAR(255) NOT NULL,
  type_name VARCHAR(255) NOT NULL,
  timestamp FLOAT,
  intent_name VARCHAR(255),
  action_name VARCHAR(255),
  data TEXT,
  PRIMARY KEY (id)
);
CREATE INDEX ix_events_timestamp ON events (timestamp);
CREATE INDEX ix_events_sender_id ON events (sender_id);
CREATE TABLE feedback (
  id SERIAL NOT NULL,
  sender_id VARCHAR(255) NOT NULL,
  timestamp FLOAT NOT NULL,
  topic VARCHAR(64) NOT NULL,
  helpful BOOLEAN NOT NULL,
  PRIMARY KEY (id)
);
CREATE INDEX ix_feedback_sender_id ON feedback (sender_id);
CREATE TABLE received (
  key VARCHAR(64) NOT NULL,
  timestamp FLOAT NOT NULL,
  PRIMARY KEY (key)
);
CREATE INDEX ix_received_timestamp ON received (timestamp);
CREATE TABLE conversations (
  sender_id VARCHAR(255) NOT NULL,
  timestamp FLOAT NOT NULL,
  state TEXT NOT NULL,
  offered TEXT NOT NULL,
  PRIMARY KEY (sender_id)
);
CREATE INDEX ix_conversations_timestamp ON conversations (timestamp);

package nudge.app

import android.Manifest
import android.app.AlertDialog
import android.content.ComponentName
import android.content.Context
import android.content.Intent
import android.content.IntentFilter
import android.net.Uri
import android.view.MenuItem
import android.webkit.WebResourceRequest
import android.webkit.WebView
import android.widget.EditText
import java.io.IOException
import kotlin.test.assertEquals
import kotlin.test.assertFalse
import kotlin.test.assertNotNull
import kotlin.test.assertNull
import kotlin.test.assertTrue
import nudge.DirectWorker
import nudge.FakeKeystore
import nudge.Nudge
import nudge.Pairing
import nudge.ReplyVault
import nudge.Vectors
import org.junit.After
import org.junit.Before
import org.junit.Test
import org.junit.runner.RunWith
import org.robolectric.Robolectric
import org.robolectric.RobolectricTestRunner
import org.robolectric.RuntimeEnvironment
import org.robolectric.Shadows.shadowOf
import org.robolectric.android.controller.ActivityController
import org.robolectric.annotation.Config
import org.robolectric.fakes.RoboMenuItem
import org.robolectric.shadows.ShadowAlertDialog
import org.robolectric.shadows.ShadowLooper

/** The whole app, from a scanned text to a registration, on Android's framework. */
@RunWith(RobolectricTestRunner::class)
@Config(sdk = [34], manifest = Config.NONE, application = App::class)
class AppTest {
  private val app = RuntimeEnvironment.getApplication() as App
  private val fake = FakeBroker()
  private val other = FakeBroker()
  private val key = Vectors.replies.getString("key")
  private val link = ComponentName("io.heckel.ntfy", "Link")
  private val register = ComponentName("io.heckel.ntfy", "Register")
  private val vapid = Vectors.keys.p256dh

  private fun text(port: Int = fake.port, more: String = "&password=s3cret") =
    "nudge:pair?user=alice&broker=mqtt%3A%2F%2Flocalhost%3A$port&username=al&key=$key$more"

  @Before
  fun `install what a phone has`() {
    Broker.ackMs = 60_000
    Broker.wordMs = 60_000
    FakeKeystore.install()
    Nudge.worker = DirectWorker
    for (broker in listOf(fake, other)) {
      broker.retained["nudge/bridge/+/info"] = "nudge/bridge/nudge/info" to """{"vapid_public_key":"$vapid"}"""
    }
    val packages = shadowOf(app.packageManager)
    packages.addActivityIfNotPresent(link)
    packages.addIntentFilterForActivity(
      link,
      IntentFilter("android.intent.action.VIEW").apply {
        addCategory(Intent.CATEGORY_DEFAULT)
        addCategory(Intent.CATEGORY_BROWSABLE)
        addDataScheme("unifiedpush")
      },
    )
    packages.addReceiverIfNotPresent(register)
    packages.addIntentFilterForReceiver(register, IntentFilter("org.unifiedpush.android.distributor.REGISTER"))
  }

  @After
  fun `leave nothing behind`() {
    fake.close()
    other.close()
    FakeKeystore.remove()
  }

  private fun start(intent: Intent = Intent(app, MainActivity::class.java)): ActivityController<MainActivity> =
    Robolectric.buildActivity(MainActivity::class.java, intent).setup().also { ShadowLooper.idleMainLooper() }

  private fun scanned(text: String) = Intent(Intent.ACTION_VIEW, Uri.parse(text))

  private fun dialog(): AlertDialog = checkNotNull(ShadowAlertDialog.getLatestAlertDialog())

  private fun said() = shadowOf(dialog()).message.toString()

  private fun press(button: Int) {
    dialog().getButton(button).performClick()
    ShadowLooper.idleMainLooper()
  }

  private fun pairWith(text: String): ActivityController<MainActivity> =
    start(scanned(text)).also { press(AlertDialog.BUTTON_POSITIVE) }

  private fun web(activity: MainActivity) =
    shadowOf(activity.findViewById<android.view.ViewGroup>(android.R.id.content).getChildAt(0) as WebView)

  private fun registered() =
    shadowOf(app).broadcastIntents.filter { it.action == "org.unifiedpush.android.distributor.REGISTER" }

  @Test
  fun `a scanned text is offered, and taken with a yes`() {
    val activity = start(scanned(text())).get()
    assertEquals("Be alice at mqtt://localhost:${fake.port}?", said())
    assertNull(app.host.account)
    press(AlertDialog.BUTTON_POSITIVE)
    assertEquals("alice", app.host.account?.user)
    assertNotNull(ReplyVault.key())
    assertEquals(Page.ADDRESS + "#" + text().removePrefix("nudge:"), web(activity).lastLoadedUrl)
    val permission = shadowOf(activity).lastRequestedPermission.requestedPermissions
    assertEquals(listOf(Manifest.permission.POST_NOTIFICATIONS), permission.toList())
    assertEquals(vapid, registered().single().getStringExtra("vapid"))
  }

  @Test
  fun `a no takes nothing`() {
    start(scanned(text()))
    press(AlertDialog.BUTTON_NEGATIVE)
    assertNull(app.host.account)
    assertNull(ReplyVault.key())
    assertTrue(fake.heard.isEmpty())
  }

  @Test
  fun `a damaged text says why`() {
    start(scanned("nudge:pair?user=alice"))
    assertEquals("The pairing text names no broker: run nudge pair again.", said())
  }

  @Test
  fun `who has no camera pastes the text, or shares it from another app`() {
    val activity = start().get()
    shadowOf(dialog()).view.let { it as EditText }.setText(text())
    press(AlertDialog.BUTTON_POSITIVE)
    assertEquals("Be alice at mqtt://localhost:${fake.port}?", said())
    press(AlertDialog.BUTTON_NEGATIVE)
    val shared = Intent(Intent.ACTION_SEND).putExtra(Intent.EXTRA_TEXT, text())
    Robolectric.buildActivity(MainActivity::class.java, shared).setup()
    assertEquals("Be alice at mqtt://localhost:${fake.port}?", said())
    assertEquals(Page.ADDRESS, web(activity).lastLoadedUrl)
  }

  @Test
  fun `asks for a password that the text has not`() {
    start(scanned(text(more = "")))
    shadowOf(dialog()).view.let { it as EditText }.setText("other")
    press(AlertDialog.BUTTON_POSITIVE)
    assertEquals("other", app.host.pairing?.password)
    assertTrue(fake.next().startsWith("CONNECT al other"))
  }

  @Test
  fun `another process is who this one was, and nothing is kept in the open`() {
    pairWith(text())
    val again = Host(app)
    assertEquals(app.host.account, again.account)
    assertEquals("s3cret", again.pairing?.password)
    assertNull(again.pairing?.key)
    val kept = app.getSharedPreferences("nudge_keys", Context.MODE_PRIVATE).all.toString() +
      app.getSharedPreferences("nudge_app", Context.MODE_PRIVATE).all
    assertFalse("s3cret" in kept || "localhost" in kept || key in kept, kept)
  }

  @Test
  fun `who is paired already is told what would be left, and leaves it`() {
    pairWith(text()).get()
    fake.heard.clear()
    start(scanned(text(other.port)))
    val before = "This phone is alice at mqtt://localhost:${fake.port} now, and would leave. "
    assertEquals("${before}Be alice at mqtt://localhost:${other.port}?", said())
    assertTrue(fake.heard.none { it.startsWith("nudge/") })
    press(AlertDialog.BUTTON_POSITIVE)
    val device = checkNotNull(app.host.account).device
    assertEquals("nudge/alice/device/$device ", generateSequence(fake::next).first { "/device/" in it })
    assertTrue(app.host.pairing!!.broker!!.endsWith(":${other.port}"))
    assertNotNull(ReplyVault.key())
  }

  @Test
  fun `signing out forgets all of it`() {
    val activity = pairWith(text()).get()
    val item: MenuItem = RoboMenuItem(2)
    activity.onOptionsItemSelected(item)
    assertNull(app.host.account)
    assertNull(ReplyVault.key())
    assertNull(Host(app).account)
    assertFalse(activity.onOptionsItemSelected(RoboMenuItem(99)))
  }

  @Test
  fun `presence is the activity's life`() {
    val activity = pairWith(text())
    activity.pause().stop()
    val heard = generateSequence { fake.next() }.first { it.endsWith(" background") && it.startsWith("nudge/") }
    assertEquals("nudge/alice/presence/${app.host.account!!.device} background", heard)
    fake.heard.clear()
    activity.restart().start().resume()
    assertTrue(generateSequence { fake.next() }.first { it.startsWith("nudge/") }.contains("foreground"))
  }

  @Test
  fun `without a distributor it says what is missing`() {
    shadowOf(app.packageManager).removeActivity(link)
    shadowOf(app.packageManager).removeReceiver(register)
    pairWith(text())
    assertTrue(said().startsWith("Pushes need an app that receives them"), said())
  }

  private fun request(url: String) = object : WebResourceRequest {
    override fun getUrl(): Uri = Uri.parse(url)

    override fun isForMainFrame() = true

    override fun isRedirect() = false

    override fun hasGesture() = true

    override fun getMethod() = "GET"

    override fun getRequestHeaders() = emptyMap<String, String>()
  }

  @Test
  fun `the page comes out of the app, and any other goes to the browser`() {
    val page = Page { name ->
      if (name == "page/index.html" || name == "page/page.js") name.byteInputStream() else throw IOException(name)
    }
    fun got(path: String) = page.shouldInterceptRequest(null, request(Page.ADDRESS + path))!!
    assertEquals("page/index.html", got("").data.reader().readText())
    assertEquals("text/html", got("").mimeType)
    assertEquals("text/javascript", got("page.js").mimeType)
    assertEquals(404, got("nothing.js").statusCode)
    assertNull(page.shouldInterceptRequest(null, request("https://example.com/")))
    val view = WebView(app)
    assertFalse(page.shouldOverrideUrlLoading(view, request(Page.ADDRESS)))
    assertTrue(page.shouldOverrideUrlLoading(view, request("intent://evil")))
    assertNull(shadowOf(app).nextStartedActivity)
    val context = Robolectric.buildActivity(MainActivity::class.java).get()
    assertTrue(page.shouldOverrideUrlLoading(WebView(context), request("https://example.com/")))
    assertEquals(Uri.parse("https://example.com/"), shadowOf(context).nextStartedActivity.data)
  }

  @Test
  fun `a damaged Keystore leaves the app unpaired, and says so`() {
    FakeKeystore.remove()
    assertNull(Host(app).account)
    start(scanned(text()))
    press(AlertDialog.BUTTON_POSITIVE)
    assertEquals("the Keystore does not work", said())
  }

  @Test
  fun `what is kept is a pairing text without its key`() {
    val kept = Pairing.of(Pairing.of(text()).textToKeep("x y+z"))
    assertEquals("x y+z", kept.password)
    assertNull(kept.key)
  }
}
